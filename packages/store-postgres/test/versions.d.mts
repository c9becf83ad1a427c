/** The newest release of each major, as npm has it. */
export const postgresReleases: readonly string[]
/** The folder of the programs of a release, fetched if it is missing. */
export function programsOf(release: string): Promise<string>
