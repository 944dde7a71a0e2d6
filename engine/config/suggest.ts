/**
 * "Did you mean …?": the nearest of a few known words, by the edits a typing hand makes.
 */

/** The word nearest to what was typed, or `undefined` when none is near enough to be meant. */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const word of known) {
    const distance = editDistance(folded(typed), folded(word))
    const tolerated = Math.max(1, Math.min(3, Math.floor(Math.max(typed.length, word.length) / 3)))
    if (distance <= tolerated && distance < bestDistance && distance < folded(word).length) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

/** `max_age`, `max-age` and `MaxAge` are spellings of `maxAge`, not mistakes in it. */
function folded(word: string): string {
  return word.slice(0, 64).toLowerCase().replace(/[-_]/g, '')
}

/** Insertions, deletions, substitutions and swaps of neighbours (Damerau–Levenshtein, optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, beforePrevious[j - 2]! + 1)
      current.push(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]!
}
