import { expect, test } from 'vitest'
import { decodeValue } from './decode.ts'
import { encodeValue } from './encode.ts'
import { defaultLimits } from './limits.ts'
import { secretKeys } from './redaction.ts'

test('secrets are kept out by the name of their property, nested, in Maps and in errors', () => {
  const error = Object.assign(new Error('refused'), {
    headers: { Authorization: 'Bearer s3cret' },
    apiKey: 's3cret',
  })
  const value = {
    user: { password: 's3cret' },
    headers: new Map([['set-cookie', 's3cret']]),
    list: [{ error }],
  }
  const payload = encodeValue(value)
  expect(JSON.stringify(payload)).not.toContain('s3cret')
  expect(payload.redacted).toEqual([
    '$.user.password',
    '$.headers[1]',
    '$.list[0].error.headers.Authorization',
    '$.list[0].error.apiKey',
  ])
  expect(decodeValue(payload)).toMatchObject({
    user: { password: '[redacted]' },
    headers: new Map([['set-cookie', '[redacted]']]),
  })
})

test('a secret is not even read', () => {
  let reads = 0
  const value = {
    get token_is_fine() {
      return 1
    },
    get access_token() {
      return ++reads
    },
  }
  expect(encodeValue(value).json).toBe('{"token_is_fine":1,"access_token":"[redacted]"}')
  expect(reads).toBe(0)
})

test('upper and lower case, dashes and underscores make no difference', () => {
  const isSecret = secretKeys(['Tax-Id'])
  for (const name of ['apiKey', 'API_KEY', 'api-key', 'Api Key', 'taxid', 'TAX_ID'])
    expect(isSecret(name)).toBe(true)
  for (const name of ['key', 'tokens', 'tax', 'passwords', '']) expect(isSecret(name)).toBe(false)
})

test('names made from data do not fill the memory', () => {
  const isSecret = secretKeys()
  for (let id = 0; id < 20_000; id++) isSecret(`id-${id}`)
  expect(isSecret('password')).toBe(true)
})

test('names of the application are redacted besides the usual ones', () => {
  const limits = { ...defaultLimits, isSecret: secretKeys(['iban']) }
  expect(encodeValue({ IBAN: 'DE00', password: 'x', name: 'Ada' }, limits).redacted).toEqual([
    '$.IBAN',
    '$.password',
  ])
})
