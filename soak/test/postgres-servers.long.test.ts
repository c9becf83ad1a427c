// What a recorder with an outbox does when a server fails over, or its disk, clock or schema fails.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  type EmbeddedServer,
  newServer,
  startEmbedded,
} from '../../packages/store-postgres/test/embedded.mjs'
import { giveTo, publicTemporary, serverUser } from '../../packages/store-postgres/test/embedded-user.mjs'
import { type SmallDisk, smallDisk } from '../src/small-disk.ts'
import { Scene } from './postgres/scene.ts'

const long = 120_000
// `apt-get install postgresql-15`: npm has no pg_basebackup.
const debian = '/usr/lib/postgresql/15/bin'

function forTest(server: EmbeddedServer): EmbeddedServer {
  onTestFinished(() => server.remove())
  return server
}

async function openScene(server: EmbeddedServer): Promise<Scene> {
  const scene = await Scene.open(server)
  scene.record(20)
  await scene.delivered()
  return scene
}

test(
  'a second server with the data of the first takes over: nothing is lost or doubled',
  async () => {
    const scene = await openScene(forTest(await startEmbedded()))
    await scene.server.stop()
    await scene.says(/connection was lost|closed the connection/)
    const second = forTest(await newServer())
    second.copyFrom(scene.server)
    await second.start()
    scene.failOver(second)
    await scene.delivered()
    await scene.expectAll()
    await scene.close()
  },
  long,
)

test.skipIf(!existsSync(join(debian, 'pg_basebackup')))(
  'a synchronous standby takes over: first as a read-only replica, then promoted',
  async () => {
    const primary = forTest(await startEmbedded({}, { bin: debian }))
    const standby = forTest(await newServer({}, { bin: debian }))
    const scene = await openScene(primary)
    const from = ['-h', '127.0.0.1', '-p', String(primary.port), '-U', 'postgres']
    const flags = ['-D', standby.data, '--write-recovery-conf', '--checkpoint=fast', '--no-sync', ...from]
    execFileSync(join(debian, 'pg_basebackup'), flags, { env: { ...process.env, PGPASSWORD: 'test' } })
    giveTo(serverUser(), standby.data)
    await standby.start()
    await scene.admin(`ALTER SYSTEM SET synchronous_standby_names = '*'`)
    await scene.admin('SELECT pg_reload_conf()')
    const states = async () =>
      (await scene.admin('SELECT sync_state FROM pg_stat_replication')).rows.map(row => row.sync_state)
    await expect.poll(states, { timeout: 20_000 }).toEqual(['sync'])
    scene.record(20)
    await scene.delivered()
    scene.record(20)
    await primary.kill()
    scene.failOver(standby)
    await scene.says(/read-only, such as a replica\. Pass the address of the primary/)
    await scene.admin('SELECT pg_promote()')
    await scene.delivered()
    await scene.expectAll()
    await scene.close()
  },
  long,
)

function diskForServer(): SmallDisk {
  const folder = mkdtempSync(join(publicTemporary(), 'runtape-disk-'))
  chmodSync(folder, 0o755)
  const disk = smallDisk(join(folder, 'disk'), 48)
  giveTo(serverUser(), disk.path)
  onTestFinished(() => {
    disk.remove()
    rmSync(folder, { recursive: true, force: true })
  })
  return disk
}

test(
  'a full disk is named; with some space, everything is written',
  async context => {
    const disk = diskForServer()
    const server = forTest(await startEmbedded())
    const scene = await Scene.open(server)
    await scene.admin(`CREATE TABLESPACE small LOCATION '${disk.path}'`)
    await scene.admin(`GRANT CREATE ON TABLESPACE small TO app`)
    await scene.admin(`ALTER DATABASE ${scene.database} SET default_tablespace = small`)
    scene.record(20)
    await scene.delivered()
    if (!disk.fill()) context.skip('This user may not mount a disk.')
    scene.record(300)
    await scene.says(/the disk of the server is full\. Free some space/)
    disk.free()
    await scene.delivered()
    await scene.expectAll()
    await scene.close()
  },
  long,
)

test(
  'the clock of the server is set back: what is in the future counts as received now, and is said',
  async () => {
    const scene = await openScene(forTest(await startEmbedded()))
    await scene.admin(`CREATE SCHEMA fake; GRANT USAGE ON SCHEMA fake TO app;
    CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz LANGUAGE sql
      AS $$ SELECT pg_catalog.clock_timestamp() - interval '1 hour' $$`)
    await scene.set('SET search_path = fake, pg_catalog')
    await scene.says(/has an impossible time: more than 5 minutes ahead of the store/)
    await scene.delivered()
    await scene.expectAll()
    await scene.close()
  },
  long,
)

test(
  'a schema that is dropped under the running process is created again, without a restart',
  async () => {
    const scene = await openScene(forTest(await startEmbedded()))
    await scene.admin('DROP SCHEMA runtape CASCADE')
    scene.acknowledged.length = 0
    await scene.says(/a table is missing\. Run "runtape migrate"|its schema does not exist/)
    await scene.delivered()
    await scene.expectAll()
    await scene.close()
  },
  long,
)
