import { afterAll, beforeAll, describe, test } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../../packages/store-postgres/test/embedded.mjs'
import { failures } from './postgres/failures.ts'
import { Scene } from './postgres/scene.ts'

let server: EmbeddedServer
beforeAll(async () => {
  server = await startEmbedded()
})
afterAll(() => server.remove())

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
      await scene.expectAll()
      await scene.close()
    },
    120_000,
  )
})
