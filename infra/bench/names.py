"""What the contestants are called; apart from what they are, since only their own processes load that."""

CPSAT = "CP-SAT"
TEAMS = "team-formation"
ON_PLAIN = "search on TF-IDF/SVD"
ON_JUDGE = "search on judge's vectors"
RANDOM, FULLEST = "random", "fullest slot"
KMEANS, REFILLED, IN_SLOTS = "k-means, then slots", "k-means, slots, refill", "slots, then k-means"
PEERS = (RANDOM, FULLEST, KMEANS, REFILLED, IN_SLOTS)
