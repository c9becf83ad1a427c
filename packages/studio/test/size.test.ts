import { gzipSync } from 'node:zlib'
import { studioFiles } from '@runtape/studio'
import { expect, test } from 'vitest'

const bytesOf = (extension: string): number =>
  [...studioFiles()]
    .filter(([address]) => address.endsWith(extension))
    .reduce((sum, [, { body }]) => sum + gzipSync(body).length, 0)

test('scripts have at most 60 KB after gzip, styles at most 10 KB', () => {
  expect(bytesOf('.js')).toBeGreaterThan(5_000)
  expect(bytesOf('.js')).toBeLessThanOrEqual(60_000)
  expect(bytesOf('.css')).toBeLessThanOrEqual(10_000)
})

test('the document has no script or style of its own', () => {
  const document = studioFiles().get('/')?.body ?? ''
  expect(document).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/)
})
