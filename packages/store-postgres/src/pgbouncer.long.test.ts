// The contract through a real PgBouncer in transaction mode, if one is installed: `apt-get install pgbouncer`.
// `pooled.test.ts` plays one everywhere.
import { afterAll, beforeAll, describe } from 'vitest'
import { describeContract } from '../test/contract.ts'
import { type PgBouncer, pgBouncerVersion, startPgBouncer } from '../test/pgbouncer.ts'
import { testServer } from '../test/server.ts'

const version = pgBouncerVersion()

describe.skipIf(version === undefined)(
  `PgBouncer ${version ?? '(not installed)'}, the Store contract`,
  () => {
    let bouncer: PgBouncer | undefined
    beforeAll(async () => {
      bouncer = await startPgBouncer(await testServer())
    })
    afterAll(() => bouncer?.close())

    describeContract('postgresStore through it', () => ({
      connectionString: bouncer?.connectionString ?? '',
    }))
  },
)
