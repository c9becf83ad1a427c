/** The command cannot do what it was told: exit code 2. The message says why, and what to do. */
export class Misuse extends Error {
  override readonly name = 'Misuse'
}
