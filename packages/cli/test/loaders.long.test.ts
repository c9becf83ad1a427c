import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project

beforeAll(async () => {
  project = await newProject()
  // Uses syntax that type stripping does not support, so that Node alone cannot load it.
  project.write(
    'desk.ts',
    `import { answer as traced } from './agent.ts'
enum Desk { Support }
export const answer = traced
export const desk = { answer: traced, name: Desk[0] }
export default { traced }`,
  )
  project.write('exports.cjs', `module.exports = Object.assign({}, require('./agent.ts'))`)
  project.write('compiled.cjs', `exports.__esModule = true\nexports['default'] = require('./agent.ts')`)
  project.write('options.ts', `enum Limit { One = 1 }\nexport default { limit: Limit.One }`)
  project.write(
    'judge.ts',
    `enum Name { polite }
export const polite = { name: Name[0], evaluate: () => ({ score: 1, pass: true }) }`,
  )
})

const withJiti = (...words: string[]) =>
  project.runtape(['replay', ...words, '--mock', 'marked'], {}, ['--import', 'jiti/register'])

describe('a module loaded by jiti, which nests exports under default', () => {
  test.each([
    './desk.ts#answer',
    './desk.ts#desk.answer',
    './desk.ts#traced',
    './desk.ts#default.traced',
    './desk.ts',
  ])('%s is replayed', async target => {
    const { code, stdout, stderr } = await withJiti(target)
    expect(stderr).not.toContain('has no export')
    expect(stdout).toContain('support.answer  4 replayed: 4 same, 0 changed, 0 failed')
    expect(code).toBe(0)
  })

  test('its options and evaluators are found', async () => {
    const { code, stdout } = await withJiti(
      './desk.ts#answer',
      '--with',
      './options.ts',
      '--evaluator',
      './judge.ts#polite',
    )
    expect(stdout).toContain('support.answer  1 replayed: 1 same')
    expect(stdout).toContain('✓ polite')
    expect(code).toBe(0)
  })

  test('its traced functions are listed once', async () => {
    const { code, stderr } = await withJiti('./desk.ts#nothing')
    expect(stderr).toContain('./desk.ts has no export "nothing". Traced functions: ./desk.ts#answer.')
    expect(code).toBe(2)
  })
})

// Node 22.13 cannot require a TypeScript module without a flag.
test.skipIf(!process.features.typescript)('an opaque module.exports, and a default inside it', async () => {
  for (const target of ['./exports.cjs#answer', './compiled.cjs#answer']) {
    const { code, stdout } = await project.runtape(['replay', target, '--mock', 'marked'])
    expect(stdout).toContain('support.answer  4 replayed: 4 same')
    expect(code).toBe(0)
  }
})
