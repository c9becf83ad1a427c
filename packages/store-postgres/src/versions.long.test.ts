// The contract on each supported version of Postgres. A table of the results is made from vitest's own report
// (`--reporter=json`), in which each group is named "Postgres 14.23, the Store contract".
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeContract } from '../test/contract.ts'
import { type EmbeddedServer, startEmbedded } from '../test/embedded.mjs'
import { run } from '../test/subject.ts'
import { postgresReleases, programsOf } from '../test/versions.mjs'

for (const release of postgresReleases) {
  const version = release.replace(/\.0-.*$/, '')
  describe(`Postgres ${version}, the Store contract`, () => {
    let server: EmbeddedServer | undefined
    beforeAll(async () => {
      server = await startEmbedded({}, { bin: await programsOf(release) })
    }, 300_000)
    // Hundreds of schemas are many files.
    afterAll(() => server?.remove(), 300_000)

    test('the server has this version', async () => {
      const { rows } = await run(server?.connectionString ?? '', 'SHOW server_version')
      expect(rows[0].server_version).toBe(version)
    })

    describeContract('postgresStore', () => ({ connectionString: server?.connectionString ?? '' }))
  })
}
