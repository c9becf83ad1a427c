import { expect, test } from 'vitest'
import { decodeValue } from '../capture/decode.ts'
import { encodeValue } from '../capture/payload.ts'
import { secretKeys } from './secret-names.ts'

const isSecret = secretKeys()

test.each([
  'userPassword',
  'db_password',
  'PGPASSWORD',
  'passwd',
  'new-password',
  'passwordConfirmation',
  'password2',
  'passwordHash',
  'user[password]',
  'OPENAI_API_KEY',
  'apiKey',
  'x-api-key',
  'X-Goog-Api-Key',
  'Ocp-Apim-Subscription-Key',
  'AWS_SECRET_ACCESS_KEY',
  'secretAccessKey',
  'AccountKey',
  'private_key',
  'privateKeyPem',
  'signingKey',
  'bearerToken',
  'accessToken',
  'access_token',
  'id_token',
  'GITHUB_TOKEN',
  'X-Amz-Security-Token',
  'csrfToken',
  'slackBotToken',
  '_authToken',
  'jwt',
  'userJwt',
  'USER_JWT',
  'sessionJWT',
  'pwd',
  'db_pwd',
  'DbPwd',
  'cvv',
  'ssn',
  'customerSSN',
  'clientSecret',
  'client_secret',
  'WEBHOOK_SECRET',
  'SecretString',
  'connectionString',
  'DB_CONNECTION_STRING',
  'Authorization',
  'proxy-authorization',
  'Cookie',
  'Set-Cookie',
  'cookies',
  'creditCardNumber',
  'apiKeys',
  'OLD_PASSWORDS',
  'secrets',
  'signing_keys',
  'accessTokens',
  'refresh_tokens',
])('%s names a secret', name => {
  expect(isSecret(name)).toBe(true)
  expect(encodeValue({ [name]: 's3cret' }).json).not.toContain('s3cret')
})

test.each([
  'token',
  'tokens',
  'max_tokens',
  'maxToken',
  'totalTokens',
  'inputTokens',
  'tokenizer',
  'tokenCount',
  'tokenType',
  'perToken',
  'costPerToken',
  'timeToFirstToken',
  'eos_token',
  'stopToken',
  'nextPageToken',
  'NextToken',
  'page_token',
  'continuationToken',
  'cancelToken',
  'syncToken',
  'resumptionToken',
  'clientRequestToken',
  'idempotencyToken',
  'author',
  'authorId',
  'keyboard',
  'monkey',
  'key',
  'publicKey',
  'primaryKey',
  'cacheKey',
  'idempotencyKey',
  'sessionId',
  'passwordHint',
  'passwordPolicy',
  'secretary',
  'secretName',
  'secretArn',
  'accessKeyId',
  'cwd',
  'bassn',
  'jwtIssuer',
  'expiresAt',
  'accessTokenExpiresAt',
  'credentials',
  'accountKeys',
  'primaryKeys',
  'maxTokens',
  'cachedTokens',
  'cookieConsent',
])('%s does not name a secret', name => {
  expect(isSecret(name)).toBe(false)
})

test('names of the application match whole words, in any case style and script', () => {
  const isOwn = secretKeys(['Tax-Id', 'код'])
  for (const name of ['taxId', 'TAX_ID', 'код']) expect(isOwn(name)).toBe(true)
  for (const name of ['customerTaxId', 'id', 'имя', 'код2']) expect(isOwn(name)).toBe(false)
})

const lists: Record<string, unknown> = {
  rawHeaders: ['Host', 'h', 'Authorization', 's3cret', 'Cookie', 's3cret'],
  pairs: [
    ['Authorization', 's3cret'],
    ['accept', '*/*'],
  ],
  entries: Object.entries({ authorization: ['s3cret'], host: 'h' }),
  named: [
    { name: 'password', value: 's3cret' },
    { value: 's3cret', key: 'api_key' },
  ],
  tags: [{ Key: 'db_password', Value: 's3cret' }],
  har: { headers: [{ name: 'Set-Cookie', value: 's3cret', comment: '' }] },
  header: { header: 'X-Api-Key', values: ['s3cret'] },
  form: { type: 'password', id: 'pw', value: 's3cret' },
  map: new Map<string, unknown>([
    ['cookie', 's3cret'],
    ['authorization', ['s3cret']],
  ]),
  argv: ['mysql', '-u', 'root', '--password', 's3cret'],
  redis: ['HSET', 'user:1', 'password', 's3cret'],
}

test.each(Object.entries(lists))('a name and value in separate fields are redacted: %s', (_name, value) => {
  for (const at of [value, { deep: [value] }]) {
    const payload = encodeValue(at)
    expect(payload.json).not.toContain('s3cret')
    expect(payload.redacted?.length).toBeGreaterThan(0)
    expect(() => decodeValue(payload)).not.toThrow()
  }
})

test.each(Object.entries(lists).filter(([name]) => name !== 'map'))(
  'the same in JSON: %s',
  (_name, value) => {
    const payload = encodeValue({ body: JSON.stringify(value) })
    expect(payload.json).not.toContain('s3cret')
    expect(payload.redacted?.[0]).toMatch(/^\$\.body/)
  },
)

test('lists of names, and values under other names, are kept', () => {
  const value = {
    required: ['password', 'email'],
    enum: ['cookie', 'token'],
    columns: ['id', 'name', 'password', 'email'],
    words: ['password', 'secret'],
    three: ['password', 'email', 'name'],
    sentence: ['my password', 'is safe'],
    field: { name: 'password', type: 'string', value: { type: 'string' } },
    option: { name: 'color', value: 'red', id: 'x' },
    flags: [{ name: 'requiresAuthorization', value: true }],
  }
  expect(encodeValue(value)).not.toHaveProperty('redacted')
  expect(encodeValue(JSON.stringify(value))).not.toHaveProperty('redacted')
})

test('functions and symbols are never redacted', () => {
  const password = Symbol.for('password')
  const payload = encodeValue({ onToken: () => 1, accessToken: async () => 's3cret', password, jwt: 'a.b.c' })
  expect(payload.redacted).toEqual(['$.jwt'])
  expect(payload.lossy).toEqual(['$.onToken: a function', '$.accessToken: a function'])
  expect(decodeValue(payload)).toMatchObject({ password })
  const pairs = encodeValue([['Authorization', () => 's3cret'], new Map([['cookie', () => 's3cret']])])
  expect(pairs.redacted).toBeUndefined()
  expect(encodeValue({ name: 'password', value: () => 's3cret' }).redacted).toBeUndefined()
})
