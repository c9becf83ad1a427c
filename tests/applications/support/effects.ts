/**
 * External effects of programs: mails, refunds, rows. A program records each effect where it happens, so that a replay
 * with a real effect is detected.
 */
const noted = new Map<string, number>()

/** Records one real effect. */
export function effect(name: string): void {
  noted.set(name, (noted.get(name) ?? 0) + 1)
}

/** The effects since the process began, by name. */
export const effects = (): Readonly<Record<string, number>> => Object.fromEntries(noted)
