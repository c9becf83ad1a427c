/**
 * What programs do to the world outside: mails, refunds, rows. A program notes each effect where it happens, so that a
 * replay that has one is found out.
 */
const noted = new Map<string, number>()

/** Notes one real effect. */
export function effect(name: string): void {
  noted.set(name, (noted.get(name) ?? 0) + 1)
}

/** The effects since the process began, by name. */
export const effects = (): Readonly<Record<string, number>> => Object.fromEntries(noted)
