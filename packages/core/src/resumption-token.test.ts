import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidTokenError } from './errors.ts'
import { decodeResumptionToken, encodeResumptionToken, type RunIdentity } from './resumption-token.ts'

interface Vector {
  readonly name: string
  readonly token: string
}
interface IdentityVector extends Vector {
  readonly identity: RunIdentity
}
interface Vectors {
  readonly encode: readonly IdentityVector[]
  readonly decode: readonly IdentityVector[]
  readonly reject: readonly Vector[]
}

const file = new URL('../test/resumption-tokens.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

const tokenOf = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url')
const identity = { runId: 'r', configKey: 'c', variationKey: 'v', version: 1 }

function rejection(token: unknown): InvalidTokenError {
  try {
    decodeResumptionToken(token as string)
  } catch (error) {
    if (error instanceof InvalidTokenError) return error
    throw error
  }
  throw new Error('The token was accepted.')
}

describe('tokens of other SDKs', () => {
  test('has vectors of all three kinds', () => {
    expect([vectors.encode.length, vectors.decode.length, vectors.reject.length]).toEqual([3, 8, 14])
  })

  test.each(vectors.encode)('encoded identically: $name', vector => {
    expect(encodeResumptionToken(vector.identity)).toBe(vector.token)
  })

  test.each(vectors.decode)('decoded: $name', vector => {
    expect(decodeResumptionToken(vector.token)).toEqual(vector.identity)
  })

  test.each(vectors.reject)('rejected: $name', vector => {
    expect(rejection(vector.token).code).toBe('invalid-token')
  })
})

describe('a token of this package', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), anyCodeUnits())

  test('decodes to the original identity for any strings, including lone surrogates', () => {
    const identities = fc.record({
      runId: text.filter(runId => runId !== ''),
      configKey: text,
      variationKey: text,
      version: fc.integer(),
    })
    fc.assert(
      fc.property(identities, id => {
        const token = encodeResumptionToken(id)
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(decodeResumptionToken(token)).toEqual(id)
      }),
    )
  })

  test('contains nothing but the identity', () => {
    const more = { ...identity, modelName: 'gpt-5', providerName: 'openai', context: { key: 'k' } }
    const json = Buffer.from(encodeResumptionToken(more), 'base64url').toString()
    expect(json).toBe('{"runId":"r","configKey":"c","variationKey":"v","version":1}')
  })
})

describe('a bad token', () => {
  test('is refused with the reason and the next step', () => {
    expect(rejection(tokenOf({ ...identity, version: '9' })).message).toBe(
      'Invalid resumption token: version must be an integer. Pass the value of tracker.resumptionToken unchanged.',
    )
    expect(rejection(tokenOf({ ...identity, version: 1e300 })).message).toContain(
      'version must be an integer',
    )
    expect(rejection('aGVsbG8').message).toContain('it does not contain JSON')
    expect(rejection('a b').message).toContain('it is not URL-safe Base64')
    expect(rejection('x'.repeat(8193)).message).toContain('it is longer than 8192 characters')
  })

  test.each([undefined, null, 7, {}, Buffer.from('x')])('is refused if it is not a string: %j', token => {
    expect(rejection(token).message).toContain('it is empty')
  })

  test('is never echoed in the message or cause', () => {
    const damaged = fc.oneof(
      fc.base64String({ minLength: 32 }),
      fc.string({ minLength: 32 }),
      fc.json().map(json => Buffer.from(json.padEnd(32)).toString('base64url')),
    )
    fc.assert(
      fc.property(damaged, token => {
        const error = rejection(token)
        expect(error.message).not.toContain(token)
        expect(error.cause).toBeUndefined()
      }),
    )
  })

  test('does not read fields from a prototype that it contains', () => {
    const json = `{"__proto__":${JSON.stringify(identity)}}`
    expect(rejection(Buffer.from(json).toString('base64url')).message).toContain('runId must be')
  })
})

/** Strings of any UTF-16 code units, most of which are lone surrogates. */
function anyCodeUnits() {
  return fc
    .array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 20 })
    .map(units => String.fromCharCode(...units))
}
