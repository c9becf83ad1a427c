// The versions of Postgres with which the store is tested.
import { fileURLToPath } from 'node:url'
import { fetchPostgres, postgresCarrier } from '../../../scripts/lib/tools.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The newest release of each major, as npm has it. */
export const postgresReleases = [
  '14.23.0-beta.17',
  '15.18.0-beta.17',
  '16.14.0-beta.17',
  '17.10.0-beta.17',
  '18.4.0-beta.17',
]

/** The folder of the programs of a release, fetched if it is missing: about 22 MB each, unpacked 58 MB. */
export function programsOf(release) {
  return fetchPostgres(root, postgresCarrier(release), line => process.stderr.write(`${line}\n`))
}
