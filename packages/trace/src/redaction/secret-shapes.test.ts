import { expect, test } from 'vitest'
import { cpuMs } from '../../test/cpu-ms.ts'
import { tape } from '../../test/tape.ts'
import { decodeValue } from '../capture/decode.ts'
import { defaultLimits } from '../capture/limits.ts'
import { encodeValue } from '../capture/payload.ts'

// In pieces, so that repository scanners do not report them.
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0In0', 'dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1g'].join('.')
const pem = (label: string) =>
  ['-----BEGIN ', label, '-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END ', label, '-----'].join('')
const secrets = {
  openai: `sk-proj-${'Ab1_'.repeat(10)}`,
  anthropic: `sk-ant-api03-${'Ab1-'.repeat(10)}`,
  deepseek: `sk-${'0a1b'.repeat(8)}`,
  letters: `sk-${'abcdefghij'.repeat(3)}`,
  aws: `AKIA${'IOSFODNN7EXAMPLE'}`,
  'aws, for a while': `ASIA${'IOSFODNN7EXAMPLE'}`,
  google: `AIza${'Sy_A1'.repeat(7)}`,
  jwt,
  rsa: pem('RSA PRIVATE KEY'),
  ssh: pem('OPENSSH PRIVATE KEY'),
  pkcs8: pem('PRIVATE KEY'),
  'cut key': pem('EC PRIVATE KEY').slice(0, 60),
  github: `ghp_${'16C7e42F'.repeat(4)}aBcD`,
  'github, fine-grained': `github_pat_${'11AAAAAAA0'.repeat(3)}_${'bBc9'.repeat(8)}`,
  gitlab: `glpat-${'Ab1xYz9_'.repeat(3)}`,
  slack: `xoxb-${'123456789012'}-abcdefABCDEF`,
  stripe: `sk_live_${'4eC39HqLyjWDarjt'}`,
  'stripe hook': `whsec_${'4eC39HqLyjWDarjtT1zd'}`,
  sendgrid: `SG.${'aB3dEfGhIjKlMnOp'}.${'aB3dEfGhIjKlMnOp'}`,
  npm: `npm_${'Ab1xYz9w'.repeat(5)}`,
  huggingface: `hf_${'AbcxYzqw'.repeat(4)}`,
}
const embedding = Object.entries(secrets)

test.each(embedding)(
  'a value with the shape of a secret is redacted under any name and inside texts: %s',
  (_name, secret) => {
    const value = {
      note: secret,
      list: [`it is ${secret}, keep it`, 'as it is'],
      deep: new Map([['said', { text: `first\n${secret}\nlast` }]]),
      json: JSON.stringify({ a: [{ said: `${secret} ` }] }),
      long: `${'All work and no play. '.repeat(30)}${secret}${' All work and no play.'.repeat(30)}`,
      bytes: Buffer.from(`key: ${secret}`),
    }
    const payload = encodeValue([value])
    const back = decodeValue(payload) as [typeof value]
    expect(JSON.stringify(payload)).not.toContain(secret.slice(0, 24))
    expect(back[0].note).toBe('[redacted]')
    expect(back[0].list).toEqual(
      ['it is [redacted], keep it', 'as it is'].map(text =>
        secret === secrets['cut key'] ? expect.any(String) : text,
      ),
    )
    expect(JSON.parse(back[0].json)).toEqual({ a: [{ said: expect.stringMatching(/^\[redacted\] ?$/) }] })
    expect(back[0].bytes.toString()).toBe('key: [redacted]')
    expect(payload.redacted).toEqual([
      '$[0].note',
      '$[0].list[0]',
      '$[0].deep[1].text',
      '$[0].json.a[0].said',
      '$[0].long',
      '$[0].bytes',
    ])
  },
)

test.each([
  ['Bearer abcdef-1234567890', 'Bearer [redacted]'],
  ['curl -H "authorization: bearer AbCdEfGhIjKl"', 'curl -H "authorization: bearer [redacted]"'],
  ['Basic dXNlcjpwYXNz', 'Basic [redacted]'],
  ['postgres://app:p4ss@db.example.com:5432/app', 'postgres://app:[redacted]@db.example.com:5432/app'],
  ['redis://:hunter2@cache:6379', 'redis://:[redacted]@cache:6379'],
  ['see mongodb+srv://u:p%40ss@c.mongodb.net/x?y=1.', 'see mongodb+srv://u:[redacted]@c.mongodb.net/x?y=1.'],
  ['https://hooks.slack.com/services/T00/B00/Xyz123abc', 'https://hooks.slack.com/services/[redacted]'],
  ['password=hunter2&x=1', 'password=[redacted]&x=1'],
  ['x=1&user%5Bpassword%5D=2&api_key=abc', 'x=1&user%5Bpassword%5D=2&api_key=[redacted]'],
  ['GET https://h/p?a=1&access_token=abc&b=2 now', 'GET https://h/p?a=1&access_token=[redacted]&b=2 now'],
  ['/login?token=abc#top', '/login?token=[redacted]#top'],
  [
    'https://b.s3.amazonaws.com/k?X-Amz-Signature=ab&X-Amz-Security-Token=cd',
    'https://b.s3.amazonaws.com/k?X-Amz-Signature=[redacted]&X-Amz-Security-Token=[redacted]',
  ],
  [
    'Server=tcp:h;User Id=u;Password=p@ss word;Encrypt=true',
    'Server=tcp:h;User Id=u;Password=[redacted];Encrypt=true',
  ],
  [
    'AccountName=n;AccountKey=abc/def==;EndpointSuffix=core',
    'AccountName=n;AccountKey=[redacted];EndpointSuffix=core',
  ],
  [
    'DEBUG=1\nOPENAI_API_KEY=abc\nexport DB_PASSWORD=x',
    'DEBUG=1\nOPENAI_API_KEY=[redacted]\nexport DB_PASSWORD=[redacted]',
  ],
  ['mysql --password=abc -u root', 'mysql --password=[redacted] -u root'],
  [
    'GET / HTTP/1.1\r\nHost: h\r\nX-Api-Key: k1\r\nCookie: a=b\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: h\r\nX-Api-Key: [redacted]\r\nCookie: [redacted]\r\n\r\n',
  ],
  [
    'Sent:\nAuthorization: Token abcdef123\nCookie: a=b; c=d',
    'Sent:\nAuthorization: [redacted]\nCookie: [redacted]',
  ],
])('the rest of a text with a secret is kept: %s', (text, kept) => {
  expect(decodeValue(encodeValue([text]))).toEqual([kept])
  const padded = `${text}${' '.repeat(300)}`
  if (/\s/.test(text))
    expect((decodeValue(encodeValue([padded])) as string[])[0]?.startsWith(kept)).toBe(true)
})

test.each([
  'sk-learn is a library, task-management-2024-q3-planning-session is a page',
  'AKIA is a prefix, and so is ASIA; AKIAIOSFODNN7EXAMPLEISLONGER is a word',
  'Bearer of bad news everywhere, Basic understanding, a basic education for all',
  '-----BEGIN PUBLIC KEY-----\nMIIBIjAN\n-----END PUBLIC KEY-----',
  '-----BEGIN CERTIFICATE-----\nMIIBIjAN\n-----END CERTIFICATE-----',
  'https://example.com:8080/a@b?nextPageToken=abc&tokens=5&author=me',
  'https://user@example.com/path and mailto:a@b.c at 10:30@home',
  'if (password === other) password = read(); const secret = load()',
  'The password: it must have 8 characters. Authorization: required for every call',
  '550e8400-e29b-41d4-a716-446655440000',
  'chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012',
  'call_AbCdEfGhIjKlMnOpQrStUvWx and msg_01AbCdEfGhIjKlMnOpQrStUv',
  'eyJydW5JZCI6IjEyMyIsImNvbmZpZ0tleSI6ImEifQ',
  'max_tokens=100&page_token=abc',
  'internal_implementation_details_of_the_thing',
  'file.eyes.txt, v1.eyJ',
])('a text without a secret is kept: %s', text => {
  expect(encodeValue([text, { text }, new Map([[text, text]])])).not.toHaveProperty('redacted')
  expect(encodeValue([`${'word '.repeat(60)}${text}`])).not.toHaveProperty('redacted')
})

test('redactValues: false redacts by name only', () => {
  const { traced, only } = tape({ redactValues: false })
  traced('fn', (_at: unknown) => secrets.aws)({ password: 'x', note: secrets.openai, list: ['Cookie', 'x'] })
  expect(only().output).toEqual({ json: JSON.stringify(secrets.aws) })
  expect(only().input.redacted).toEqual(['$[0].password', '$[0].list[1]'])
  expect(only().input.json).toContain(secrets.openai)
})

test('secrets in the message, stack, cause and fields of an error are redacted', () => {
  const { traced, only } = tape()
  const fail = traced('fail', () => {
    const cause = Object.assign(new Error(`no such key: ${secrets.openai}`), {
      url: `https://h/?api_key=${'abc'}1`,
    })
    throw Object.assign(new TypeError(`Incorrect API key provided: ${secrets.openai}`, { cause }), {
      request: { _header: `GET / HTTP/1.1\r\nAuthorization: Bearer ${'x'.repeat(20)}1\r\n\r\n` },
    })
  })
  expect(fail).toThrow(secrets.openai)
  const { error } = only()
  expect(error?.message).toBe('Incorrect API key provided: [redacted]')
  expect(JSON.stringify(only())).not.toMatch(/Ab1_Ab1_|abc1|xxxx/)
  expect(error?.value?.redacted).toEqual(
    expect.arrayContaining(['$.message', '$.stack', '$.cause.message', '$.cause.url', '$.request._header']),
  )
})

test('secrets in metadata, tags, session ids and stream chunks are redacted', async () => {
  const { traced, only } = tape()
  const stream = traced('stream', async function* () {
    const { currentSpan } = await import('../spans/handles.ts')
    currentSpan()?.setMetadata({ used: `with ${secrets.google}` })
    currentSpan()?.addTags(`key:${secrets.github}`)
    currentSpan()?.setSessionId(secrets.jwt)
    yield `it is ${secrets.aws}`
    yield { delta: secrets.stripe }
    return secrets.slack
  })
  for await (const chunk of stream()) expect(JSON.stringify(chunk)).not.toContain('redacted')
  const { metadata, tags, sessionId, output } = only()
  expect(metadata?.used).toBe('with [redacted]')
  expect([tags, sessionId]).toEqual([['key:[redacted]'], '[redacted]'])
  expect(output?.json).toBe('{"chunks":["it is [redacted]",{"delta":"[redacted]"}],"returned":"[redacted]"}')
})

test('a secret split across chunks is redacted in the aggregate', async () => {
  const pieces = ['it is ', 'sk-pr', secrets.openai.slice(5, 9), secrets.openai.slice(9), ' so']
  const { traced, spans } = tape()
  const read = async (chunks: readonly unknown[]) => {
    const stream = traced('stream', async function* () {
      yield* chunks
    })
    for await (const _ of stream());
  }
  await read([...pieces.slice(0, 2), { type: 'ping' }, ...pieces.slice(2)])
  await read(`https://ada:${'hunter2'}@example.com/p`.match(/.{1,3}/g) ?? [])
  await read(['it is ', 'fine, ', 'k=v, ', 'sk-learn'])
  expect(JSON.stringify(spans)).not.toMatch(/Ab1_|unter|nter2/)
  const [spread, url, fine] = spans.map(({ output }) => decodeValue(output as never) as { chunks: unknown[] })
  expect(spread?.chunks).toEqual(['it is [redacted] so', '', { type: 'ping' }, '', '', ''])
  expect(url?.chunks.join('')).toBe('https://ada:[redacted]@example.com/p')
  expect(fine?.chunks).toEqual(['it is ', 'fine, ', 'k=v, ', 'sk-learn'])
  expect(spans.map(({ output }) => output?.redacted)).toEqual([['$.chunks[0]'], ['$.chunks[0]'], undefined])
})

test('passwords and keys in URLs are redacted', () => {
  const url = new URL('https://ada:hunter2@example.com/p?q=1&key=2&apiKey=abc')
  const payload = encodeValue({ url })
  expect(JSON.stringify(payload)).not.toMatch(/hunter2|abc/)
  expect((decodeValue(payload) as { url: URL }).url.searchParams.get('q')).toBe('1')
  expect(payload.redacted).toEqual(['$.url'])
})

test('binary data is not searched', () => {
  const image = Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919) % 256))
  const text = image.toString('base64')
  expect(encodeValue([image, text, `data:image/png;base64,${text}`])).not.toHaveProperty('redacted')
  expect(decodeValue(encodeValue([image]))).toEqual([image])
})

test('texts full of punctuation are scanned quickly', () => {
  const started = cpuMs()
  for (const piece of [
    'sk-',
    '://',
    'a://b:',
    '=',
    'a=',
    '&a=',
    '_',
    'gh',
    'ghp_a',
    '.ey',
    'eyJ.',
    'Bearer ',
    '-----BEGIN PRIVATE KEY-----',
    '\r\na:',
    '?password=',
  ])
    encodeValue([piece.repeat(200_000 / piece.length)], { ...defaultLimits })
  expect(cpuMs() - started).toBeLessThan(10_000)
})
