import { expect, test } from 'vitest'
import { cpuMs } from '../../test/cpu-ms.ts'
import { decodeValue } from '../capture/decode.ts'
import { defaultLimits } from '../capture/limits.ts'
import { encodeValue } from '../capture/payload.ts'
import { secretKeys } from './secret-names.ts'

test('secrets are redacted by property name, nested, in Maps and in errors', () => {
  const error = Object.assign(new Error('refused'), {
    headers: { Authorization: 'Bearer s3cret' },
    apiKey: 's3cret',
  })
  const value = {
    user: { password: 's3cret' },
    headers: new Map([['set-cookie', 's3cret']]),
    list: [{ error }],
    [Symbol.for('api-key')]: 's3cret',
  }
  const payload = encodeValue(value)
  expect(JSON.stringify(payload)).not.toContain('s3cret')
  expect(payload.redacted).toEqual([
    '$.user.password',
    '$.headers[1]',
    '$.list[0].error.headers.Authorization',
    '$.list[0].error.apiKey',
    '$.Symbol.for(api-key)',
  ])
  expect(decodeValue(payload)).toMatchObject({
    user: { password: '[redacted]' },
    headers: new Map([['set-cookie', '[redacted]']]),
  })
})

test('null, booleans and schemas under a secret name are kept', () => {
  const kept = {
    password: null,
    apiKey: undefined,
    secret: '',
    isSecret: true,
    properties: {
      password: { type: 'string', description: 'at least 8 characters' },
      api_key: { type: ['string', 'null'] },
      cardNumber: { $ref: '#/$defs/card' },
      jwt: { description: 'from the login' },
      cvv: { anyOf: [{ type: 'string' }] },
      authorization: {},
    },
    required: ['password', 'api_key'],
  }
  expect(encodeValue(kept)).not.toHaveProperty('redacted')
  expect(encodeValue(JSON.stringify(kept))).toEqual({ json: JSON.stringify(JSON.stringify(kept)) })
  expect(encodeValue({ password: { value: 'hunter2' }, pwd: ['hunter2'], cvv: 123 }).redacted).toHaveLength(3)
})

test('case, dashes and underscores do not matter', () => {
  const isSecret = secretKeys(['Tax-Id'])
  for (const name of ['apiKey', 'API_KEY', 'api-key', 'Api Key', 'taxid', 'TAX_ID'])
    expect(isSecret(name)).toBe(true)
  for (const name of ['key', 'tokens', 'tax', 'passwordless', '']) expect(isSecret(name)).toBe(false)
})

test('names made from data do not exhaust memory', () => {
  const isSecret = secretKeys()
  for (let id = 0; id < 20_000; id++) isSecret(`id-${id}`)
  expect(isSecret('password')).toBe(true)
})

test('names of the application are redacted in addition to the default ones', () => {
  const limits = { ...defaultLimits, isSecret: secretKeys(['iban']) }
  expect(encodeValue({ IBAN: 'DE00', password: 'x', name: 'Ada' }, limits).redacted).toEqual([
    '$.IBAN',
    '$.password',
  ])
})

test('secrets are redacted in JSON texts at any depth', () => {
  const inner = JSON.stringify({ items: [{ card_number: 's3cret', ok: 1 }] })
  const value = {
    body: '{"password":"s3cret","name":"Ada"}',
    list: ` [ {"Api-Key" : {"v":"s3cret"}} ]`,
    nested: JSON.stringify({ inner, apiKey: 1 }),
    escaped: '{"p\\u0061ssword":"s3cret"}',
  }
  const payload = encodeValue(value)
  expect(JSON.stringify(payload)).not.toContain('s3cret')
  expect(payload.redacted).toEqual([
    '$.body.password',
    '$.list[0].Api-Key',
    '$.nested.inner.items[0].card_number',
    '$.nested.apiKey',
    '$.escaped.password',
  ])
  const back = decodeValue(payload) as typeof value
  expect(JSON.parse(back.body)).toEqual({ password: '[redacted]', name: 'Ada' })
  expect(JSON.parse(JSON.parse(back.nested).inner)).toEqual({ items: [{ card_number: '[redacted]', ok: 1 }] })
})

test('an invalid JSON text is truncated at its first secret', () => {
  const texts = ['{"a":1}\n{"password":"s3cret"}', '{"n":1,"password":"s3cr', '[x] "password" : s3cret']
  const payload = encodeValue(texts)
  expect(decodeValue(payload)).toEqual([
    '{"a":1}\n{"password": [redacted]',
    '{"n":1,"password": [redacted]',
    '[x] "password" : [redacted]',
  ])
  expect(payload.redacted).toEqual(['$[0]', '$[1]', '$[2]'])
})

test('a JSON text without secrets is kept exactly', () => {
  for (const text of [
    '{ "a" : 1.0, "b":"\\u00e9" }',
    '[12345678901234567890]',
    '{"a":"password"}',
    '{',
    '[',
    ' ',
  ])
    expect(encodeValue([text, { text }])).toEqual({ json: JSON.stringify([text, { text }]) })
})

test('texts of only quotes, backslashes and brackets are scanned quickly', () => {
  const started = cpuMs()
  for (const piece of ['"', '\\', '\\"', '[', '":', '{"a":', '" ']) encodeValue(`{${piece.repeat(200_000)}`)
  expect(cpuMs() - started).toBeLessThan(3_000)
})

test('a redact hook receives each value with its path, and its result replaces the value', () => {
  const seen: string[] = []
  const redact = (path: string, value: unknown) => {
    seen.push(path)
    if (path.endsWith('.email')) return 'someone'
    return path === '$[0].card' ? { last4: (value as { number: string }).number.slice(-4) } : value
  }
  const value = [{ email: 'ada@example.com', card: { number: '4242' }, tags: new Set(['x']), password: 1 }]
  const payload = encodeValue(value, { ...defaultLimits, redact })
  expect(decodeValue(payload)).toEqual([
    { email: 'someone', card: { last4: '4242' }, tags: new Set(['x']), password: '[redacted]' },
  ])
  expect(payload.redacted).toEqual(['$[0].email', '$[0].card', '$[0].password'])
  expect(seen).toEqual(['$', '$[0]', '$[0].email', '$[0].card', '$[0].tags', '$[0].tags[0]'])
})

test('the replacement from a redact hook is also searched for secrets', () => {
  const redact = (path: string, value: unknown) =>
    path === '$' ? { whole: value, token: 1, apiKey: 's' } : value
  const payload = encodeValue({ password: 'x' }, { ...defaultLimits, redact })
  expect(payload.json).toBe('{"whole":{"password":"[redacted]"},"token":1,"apiKey":"[redacted]"}')
})

test('a value is dropped if its redact hook throws, and the message does not contain it', () => {
  const redact = (path: string, value: unknown) => {
    if (path === '$.broken') throw new RangeError(`cannot read ${String(value)}`)
    return value
  }
  const payload = encodeValue({ broken: 's3cret', kept: 1 }, { ...defaultLimits, redact })
  expect(payload).toEqual({
    json: '{"broken":"[redacted]","kept":1}',
    lossy: ['$.broken: its redact hook threw RangeError'],
    redacted: ['$.broken'],
  })
})

test('a redact hook that returns a promise drops the value', () => {
  const redact = async (_path: string, value: unknown) => value
  const payload = encodeValue('s3cret', { ...defaultLimits, redact })
  expect(JSON.stringify(payload)).not.toContain('s3cret')
  expect(payload.redacted).toEqual(['$'])
})
