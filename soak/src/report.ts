/** The result of a soak: numbers to print, and the violations. */
export interface Report {
  readonly title: string
  readonly numbers: readonly (readonly [name: string, value: number])[]
  /** One sentence per violation. */
  readonly violations: readonly string[]
}

/** A sentence about a list of slots with a violation; none for an empty list. */
export function violation(what: string, slots: readonly string[]): string[] {
  if (slots.length === 0) return []
  return [`${slots.length} ${what}, such as ${slots.slice(0, 3).join('; ')}`]
}

export function printReport({ title, numbers, violations }: Report): void {
  const width = Math.max(...numbers.map(([name]) => name.length))
  console.log(`\n${title}`)
  for (const [name, value] of numbers) {
    console.log(`  ${name.padEnd(width)}  ${value.toLocaleString('en').padStart(9)}`)
  }
  for (const each of violations) console.log(`  BROKEN: ${each}.`)
  if (violations.length === 0) console.log('  The law held.')
}
