import { decodeResumptionToken, encodeResumptionToken, InvalidTokenError, RuntapeError } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { openToken, type SealingKey, sealToken } from './index.ts'

const identity = { runId: 'r-1', configKey: 'support', variationKey: '', version: 1 }

describe('a token that could not be decoded is not created', () => {
  test.each([
    ['a config key of 10,000 characters', { configKey: 'k'.repeat(10_000) }],
    ['a variation key of 10,000 characters', { variationKey: 'k'.repeat(10_000) }],
    ['a version beyond 2^53', { version: 2 ** 60 }],
    ['no run id', { runId: '' }],
    ['a config key that is no text', { configKey: 5 as never }],
  ])('with %s', (_what, part) => {
    expect(() => encodeResumptionToken({ ...identity, ...part })).toThrow(InvalidTokenError)
  })

  test('and the longest valid one can be decoded', () => {
    const configKey = 'k'.repeat(6_000)
    expect(decodeResumptionToken(encodeResumptionToken({ ...identity, configKey })).configKey).toBe(configKey)
  })
})

describe('a sealing key', () => {
  const secret = 's'.repeat(32)
  const token = encodeResumptionToken(identity)

  test.each<[unknown, string]>([
    [{ secret }, 'A sealing key has no kid'],
    [{ kid: '', secret }, 'A sealing key has no kid'],
    [{ kid: 5, secret }, 'A sealing key has no kid'],
    [undefined, 'A sealing key has no kid'],
    [
      { kid: 'a', secret: undefined },
      "The secret of sealing key 'a' is neither a string nor bytes (got undefined)",
    ],
    [{ kid: 'a', secret: null }, '(got null). Is the environment variable set?'],
    [{ kid: 'a', secret: '' }, 'has 0 bytes'],
  ])('%j is refused before anything is sealed or opened', async (key, message) => {
    for (const use of [
      sealToken(token, key as SealingKey, { expiresIn: 60 }),
      openToken('x.y.z', key as SealingKey),
    ]) {
      const error = await use.catch((thrown: unknown) => thrown)
      expect(RuntapeError.isInstance(error) && error.code).toBe('invalid-option')
      expect(String(error)).toContain(message)
    }
  })

  test('is refused together with another one of the same name', async () => {
    const sealed = await sealToken(token, { kid: 'a', secret }, { expiresIn: 60 })
    const keys = [
      { kid: 'a', secret },
      { kid: 'a', secret: 't'.repeat(32) },
    ]
    await expect(openToken(sealed, keys)).rejects.toThrow("Two sealing keys have the kid 'a'")
  })
})
