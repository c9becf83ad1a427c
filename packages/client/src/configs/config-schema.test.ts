import { aiConfigSchema } from '@runtape/schemas'
import * as fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { check, findingOf } from './check.ts'
import { configShape } from './config-schema.ts'

afterEach(() => z.config({ customError: undefined }))

const schema = z.object(configShape)
const any = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(fc.string()),
)
/** A value of this kind, or rarely another one. */
const mostly = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: one, weight: 12 }, { arbitrary: any, weight: 1 })
const parameters = mostly(fc.dictionary(fc.string(), fc.jsonValue()))
const configs = fc.record(
  {
    enabled: mostly(fc.boolean()),
    model: mostly(
      fc.record({ name: mostly(fc.string()), parameters, custom: parameters }, { requiredKeys: [] }),
    ),
    provider: mostly(fc.record({ name: mostly(fc.string()) }, { requiredKeys: [] })),
    messages: mostly(
      fc.array(
        mostly(
          fc.record({
            role: mostly(fc.constantFrom('system', 'user', 'tool')),
            content: mostly(fc.string()),
          }),
        ),
      ),
    ),
    instructions: mostly(fc.string()),
    tools: mostly(fc.array(mostly(fc.record({ name: mostly(fc.string()), more: any })))),
    more: any,
  },
  { requiredKeys: [] },
)

const found = (issues: readonly z.core.$ZodIssue[]) => issues.map(issue => [issue.path, findingOf(issue)])

test('accepts, returns and says the same as the schema of @runtape/schemas', () => {
  fc.assert(
    fc.property(configs, config => {
      const [own, published] = [check(schema, config), aiConfigSchema.safeParse(config)]
      expect(own.data).toEqual(published.data)
      expect(found(own.error?.issues ?? [])).toEqual(found(published.error?.issues ?? []))
    }),
    { numRuns: 2000 },
  )
})

test("an application's own messages do not change ours", () => {
  z.config({ customError: () => 'nope' })
  expect(found(check(schema, { enabled: 1 }).error?.issues ?? [])).toEqual([
    [['enabled'], 'expected boolean, received number'],
  ])
})
