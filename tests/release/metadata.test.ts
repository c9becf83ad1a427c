import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  placeholderProblem,
  publishedManifest,
  publishedMarkdown,
  REPOSITORY,
} from '../../scripts/lib/metadata.mjs'
import { neededFirst, publishedPackages } from '../../scripts/lib/workspace.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const packages = publishedPackages(root)
const published = (markdown: string) => publishedMarkdown(markdown, 'packages/core', root)

describe('the published README', () => {
  test.each([
    ['[a](../tracker)', `[a](${REPOSITORY}/tree/main/packages/tracker)`],
    ['[a](../../docs/tape.md#limits)', `[a](${REPOSITORY}/blob/main/docs/tape.md#limits)`],
    ['![a](../../docs/replay-report.png)', `![a](${REPOSITORY}/raw/main/docs/replay-report.png)`],
    [
      '[![a](../../docs/replay-report.png)](../replay/)',
      `[![a](${REPOSITORY}/raw/main/docs/replay-report.png)](${REPOSITORY}/tree/main/packages/replay)`,
    ],
    [
      '[`a`](../tracker), [b](README.md)',
      `[\`a\`](${REPOSITORY}/tree/main/packages/tracker), [b](${REPOSITORY}/blob/main/packages/core/README.md)`,
    ],
    ['[a](https://example.com/x) [b](#limits) [c](mailto:a@example.com)', undefined],
    ['```ts\nconst [a](b) = c\n```', undefined],
    ['an array[0](x) of `calls`', undefined],
  ])('of %s', (markdown, expected) => {
    if (markdown.startsWith('an array')) return expect(() => published(markdown)).toThrow('links to x')
    expect(published(markdown)).toBe(expected ?? markdown)
  })

  test.each(packages)('of $name has no link that only works in the repository', ({ folder }) => {
    const text = publishedMarkdown(readFileSync(join(root, folder, 'README.md'), 'utf8'), folder, root)
    const prose = text.replace(/^```[\s\S]*?^```/gm, '')
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    expect(targets.filter(target => !/^(https:|#|mailto:)/.test(target))).toEqual([])
  })

  test('a link to a file that does not exist is refused, with its package', () => {
    expect(() => published('[a](../no-such)')).toThrow('packages/core links to ../no-such')
    expect(() => published('[a](../../../outside)')).toThrow('packages/core links to')
  })
})

describe('the published package.json', () => {
  test.each(packages)('of $name', ({ folder, manifest }) => {
    const { repository, publishConfig, scripts, devDependencies, keywords } = publishedManifest(
      manifest,
      folder,
    )
    expect(repository).toEqual({ type: 'git', url: `git+${REPOSITORY}.git`, directory: folder })
    expect(publishConfig).toEqual({ access: 'public', provenance: true })
    expect({ scripts, devDependencies }).toEqual({})
    expect(new Set(keywords).size).toBe(keywords.length)
  })

  test.each(packages.filter(({ manifest }) => manifest.exports))(
    'of $name names files with side effects, or says that there are none',
    ({ folder, name, manifest }) => {
      // Importing it registers matchers.
      if (name === '@runtape/vitest') return expect(manifest.sideEffects).toBeUndefined()
      const { sideEffects } = manifest
      expect(sideEffects === false || Array.isArray(sideEffects)).toBe(true)
      for (const file of [sideEffects].flat())
        if (typeof file === 'string' && file.includes('/src/'))
          expect(existsSync(join(root, folder, file))).toBe(true)
    },
  )
})

test('packages are published after those that they need', () => {
  const order = neededFirst(packages).map(({ name }) => name)
  expect([...order].sort()).toEqual(packages.map(({ name }) => name).sort())
  for (const { name, manifest } of packages)
    for (const needed of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
      if (order.includes(needed)) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(name))
})

test('a placeholder in place of the repository is a problem, a repository is none', () => {
  expect(placeholderProblem('https://github.com/your-organization/runtape')).toContain('Set REPOSITORY')
  expect(placeholderProblem('https://github.com/acme/runtape')).toBeUndefined()
})
