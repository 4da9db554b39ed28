/** Birds: one drawing, as many as there are people. Decoration, so nothing here is read aloud. */

/** Beside the scripts, wherever those were served from. */
const DRAWING = new URL('../bird.svg', import.meta.url).href;
const SVG = 'http://www.w3.org/2000/svg';
const FEATHERS = 6;
/** Looking up and looking down; the other two turn nothing but the whole bird. */
const TILTED = [2, 3];

/** @param {number} kind which colour and pose; the same number is the same bird on page, letter and table sign */
export function bird(kind = 0) {
  const pose = Math.floor(kind / FEATHERS) % 4;
  const svg = part('svg', { class: `bird feather-${kind % FEATHERS} pose-${pose}`, viewBox: '0 0 32 32', 'aria-hidden': 'true' });
  if (TILTED.includes(pose)) {
    const tilt = part('g', { class: 'tilt' });
    tilt.append(use('face', { class: 'face' }), use('body'));
    svg.append(use('legs'), tilt);
  } else svg.append(use('bird'));
  return svg;
}

/**
 * A group's birds together; past the most that can be told apart, the rest is left to the number beside it.
 *
 * @param {{ most?: number; guest?: boolean }} options a guest's bird comes first and faces the other way
 */
export function flock(number, kind = 0, { most = 30, guest = false } = {}) {
  const el = document.createElement('span');
  el.className = 'flock';
  el.append(...Array.from({ length: Math.min(number, most) }, () => bird(kind)));
  if (guest) el.firstChild.classList.add('guest');
  return el;
}

function use(id, look = {}) {
  return part('use', { href: `${DRAWING}#${id}`, ...look });
}

function part(name, attributes) {
  const el = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) el.setAttribute(attribute, value);
  return el;
}
