import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../../packages/store-postgres/test/embedded.mjs'
import { failures } from './postgres/failures.ts'
import { Scene } from './postgres/scene.ts'

let server: EmbeddedServer
beforeAll(async () => {
  server = await startEmbedded()
})
afterAll(() => server.remove())

/** Everything that was acknowledged is there, once, and billed. */
async function expectAll(scene: Scene): Promise<void> {
  expect((await scene.kept()).toSorted()).toEqual(scene.acknowledged.toSorted())
  expect(await scene.billedRuns()).toBe(scene.acknowledged.length)
}

describe('a recorder with an outbox loses and doubles nothing, names the cause and goes on by itself when', () => {
  test.each(failures)(
    '$name',
    async ({ begin, says }) => {
      const scene = await Scene.open(server)
      scene.record(20)
      await scene.delivered()
      const mend = await begin(scene)
      scene.record(20)
      await scene.says(says)
      scene.record(5)
      await mend()
      await scene.delivered()
      await expectAll(scene)
      await scene.close()
    },
    120_000,
  )
})
