import { expect, test } from 'vitest'
import { decodeValue } from '../capture/decode.ts'
import { defaultLimits } from '../capture/limits.ts'
import { captureError, encodeValue } from '../capture/payload.ts'

const keptOf = (text: string) => decodeValue(encodeValue(text))

test.each([
  ['login failed for password=hunter2', 'login failed for password=[redacted]'],
  ['login failed for password=letmein.', 'login failed for password=[redacted]'],
  ['refused (password=s3cr3t, user=ada)', 'refused (password=[redacted], user=ada)'],
  ['could not log in: pwd: hunter2', 'could not log in: pwd: [redacted]'],
  [
    "Access denied for user 'ada' (password: 'p4ssword!')",
    "Access denied for user 'ada' (password: '[redacted]')",
  ],
  ['Invalid token=9f8e7d6c5b4a3210 for tenant 7', 'Invalid token=[redacted] for tenant 7'],
  [
    '401 from https://a.example/v1?api_key=abc123def&token=77aa88bb&page=2 in 3 ms',
    '401 from https://a.example/v1?api_key=[redacted]&token=[redacted]&page=2 in 3 ms',
  ],
  ['got {"user":"ada","password":"hunter2"} instead', 'got {"user":"ada","password":"[redacted]"} instead'],
  ['the API said api_key: 8c1f09ab77 is unknown', 'the API said api_key: [redacted] is unknown'],
  [
    'could not connect: host=db user=ada password=tr0ub4dor',
    'could not connect: host=db user=ada password=[redacted]',
  ],
  ['wrong code, otp=492817', 'wrong code, otp=[redacted]'],
  [
    'failed: {"args":"{\\"password\\":\\"hunter2\\"}"}',
    'failed: {"args":"{\\"password\\":\\"[redacted]\\"}"}',
  ],
  [`login({'user': 'ada', 'password': 'letmein'})`, `login({'user': 'ada', 'password': '[redacted]'})`],
  [
    'data: {"delta":"{\\"api_key\\": \\"8c1f09ab77\\"}"}',
    'data: {"delta":"{\\"api_key\\": \\"[redacted]\\"}"}',
  ],
])('%s', (text, kept) => {
  expect(keptOf(text)).toBe(kept)
  expect(keptOf(`1. ${text}`)).toBe(`1. ${kept}`)
  const error = captureError(new Error(text, { cause: { said: [text] } }), defaultLimits)
  expect(error.message).toBe(kept)
  expect(JSON.stringify(error)).not.toMatch(
    /hunter2|letmein|s3cr3t|p4ssword|9f8e7d6c|abc123def|77aa88bb|8c1f09ab|tr0ub4dor|492817/,
  )
})

test.each([
  [JSON.stringify({ args: JSON.stringify({ user: 'ada', password: { now: 'hunter2' } }) })],
  [JSON.stringify({ headers: [['Authorization', 'Custom hunter2']] })],
  [JSON.stringify({ password: 'hunter2', said: 'token=77aa88bb99cc' })],
])('a secret redacted in the message of an error is redacted in its stack: %s', text => {
  const error = Object.assign(new RangeError(text), { cause: new Error(text) })
  const { message, value } = captureError(error, defaultLimits)
  expect(message).toContain('[redacted]')
  expect(JSON.stringify(value)).not.toMatch(/hunter2|77aa88bb/)
  const kept = decodeValue(value) as RangeError
  expect(kept.stack).toContain(`RangeError: ${message}\n    at `)
  expect((kept.cause as Error).stack).toContain(`Error: ${message}\n    at `)
})

test.each([
  'The password is wrong, and a token: none was sent.',
  'password: must be at least 8 characters',
  'Set password=your-password-1, or pass --help',
  'connect(user=user, password=password, api_key=api_key)',
  'const token = await nextToken(); const key = rows[0].key1',
  'interface Login { password: string; token: string; apiKey?: string }',
  'password: z.string().min(8)',
  'password = os.environ["DB_PASSWORD_2"]',
  `password=$${'{DB_PASSWORD_1}'} token=$TOKEN1234567890 secret=<secret1>`,
  'max_tokens: 128000, token: 128000, key: value1, monkey=banana12',
  'token: apple',
  'The key: 42 people came. Secret: none of them was asked.',
  'cacheKey: user-4711 sortKey=name2',
  'Password: 8-20 characters. Passcode: 4-digit number, otp: 6-digit.',
  'The password: SHA-256 is used. JWT: RFC7519, signed with secret: HS256',
  'const secretKey: Uint8Array = await load(); let apiKey: Base64String',
  'clientSecret: OAuth2 client secret. privateKey: RSA2048 or private_key: Ed25519',
  'if (password == password2) return; assert secret === secret1',
  'password: 8文字以上。 secret:16자이상',
  'api_key: arn:aws:secretsmanager:eu-1:1:secret:db1, private_key: ~/.ssh/id_ed25519, private-key=server1.key',
  'expires with the token: 2026-01-01T00:00:00Z',
  'the contract of the token: 0x6B175474E89094C44Da98b954EedeAC495271d0F',
  'as in {"user":"string","password":"string"} or {"password":"must be set"}',
])('a text without a secret is kept: %s', text => {
  expect(encodeValue(text)).toEqual({ json: JSON.stringify(text) })
})

test('pass is redacted next to a user name', () => {
  const options = { host: 'smtp.example.com', auth: { user: 'ada', pass: 'correct horse' } }
  expect(encodeValue(options)).toMatchObject({ redacted: ['$.auth.pass'] })
  expect(keptOf(JSON.stringify(options))).toBe(
    JSON.stringify({ ...options, auth: { user: 'ada', pass: '[redacted]' } }),
  )
  expect(encodeValue({ email: 'a@b.example', pass: 'x' }).redacted).toEqual(['$.pass'])
  for (const kept of [{ pass: 3, fail: 1, name: 'suite' }, { pass: true, user: 'ada' }, { pass: 'yes' }])
    expect(encodeValue([kept, JSON.stringify(kept)])).not.toHaveProperty('redacted')
})

test.each(['otp', 'smsOtp', 'user_otp', 'OTP', 'totp', 'otpCode', 'mfa_code', 'oneTimePassword'])(
  '%s names a secret',
  name => {
    expect(encodeValue({ [name]: '492817' }).redacted).toEqual([`$.${name}`])
  },
)

test.each(['laptop', 'robotparts', 'hotPath', 'bot', 'option', 'adopt'])('%s is not secret', name => {
  expect(encodeValue({ [name]: '492817' })).not.toHaveProperty('redacted')
})
