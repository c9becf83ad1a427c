/**
 * The module names in a source text: of `import`, `export … from`, `require` and `import()` with a literal. Also finds some in
 * comments and texts, which does no harm: equal files have equal ones.
 */
export function specifiersIn(source: string): string[] {
  const found = [...source.matchAll(literal)].map(([, , name = '']) => name)
  return [...new Set(found)].sort()
}

const literal = /\b(?:from|import|require)\s*\(?\s*(['"`])([^'"`\n]+)\1/g
