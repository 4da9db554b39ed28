/** Birds: one drawing, as many as there are people. Decoration, so nothing here is read aloud. */

/** Beside the scripts, wherever those were served from. */
const DRAWING = new URL('../bird.svg#bird', import.meta.url).href;
const SVG = 'http://www.w3.org/2000/svg';
const FEATHERS = 6;

/** @param {number} kind which colour and pose; the same number is the same bird on page, letter and table sign */
export function bird(kind = 0) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', `bird feather-${kind % FEATHERS} pose-${Math.floor(kind / FEATHERS) % 4}`);
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', DRAWING);
  svg.append(use);
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
