import { createHmac, generateKeyPairSync } from 'node:crypto'
import { encodeResumptionToken, InvalidTokenError, RuntapeError } from '@runtape/core'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { openToken, type SealingKey, sealToken } from './index.ts'

const key: SealingKey = { kid: 'new', secret: 'n'.repeat(32) }
const oldKey: SealingKey = { kid: 'old', secret: Buffer.alloc(32, 7) }
const token = encodeResumptionToken({
  runId: 'run-1',
  configKey: 'support',
  variationKey: 'brief',
  version: 3,
})
const hour = { expiresIn: '1h' }

describe('a sealed token', () => {
  test('opens with its key and returns the token', async () => {
    expect(await openToken(await sealToken(token, key, hour), key)).toBe(token)
    expect(await openToken(await sealToken(token, key, { expiresIn: 60 }), key)).toBe(token)
  })

  test('of an old key opens while both keys are passed, but not with only the new one', async () => {
    const sealed = await sealToken(token, oldKey, hour)
    expect(await openToken(sealed, [key, oldKey])).toBe(token)
    await refused(sealed, key, 'it was sealed with an unknown key')
  })

  test('with any one character changed is refused', async () => {
    const sealed = await sealToken(token, key, hour)
    for (let at = 0; at < sealed.length; at += 7) {
      const other = sealed[at] === 'A' ? 'B' : 'A'
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1)
      if (changed !== sealed) await expect(openToken(changed, key)).rejects.toThrow(InvalidTokenError)
    }
  })

  test('is refused under another secret of the same name', async () => {
    const sealed = await sealToken(token, key, hour)
    await refused(sealed, { kid: 'new', secret: 'x'.repeat(32) }, 'its signature does not match')
  })

  test('is refused once it has expired', async () => {
    await refused(await sealToken(token, key, { expiresIn: -1 }), key, 'it has expired')
  })

  test('without an expiry is refused, even if it is properly signed', async () => {
    const endless = await sign(new SignJWT({ token }), 'HS256', Buffer.from(key.secret))
    await refused(endless, key, 'it is not a sealed token')
  })

  test("is refused with alg 'none', with or without a signature", async () => {
    const unsigned = `${part({ alg: 'none', typ: 'runtape-token+jwt', kid: 'new' })}.${claims()}.`
    await refused(unsigned, key, 'it is not signed with HS256')
    await refused(`${unsigned}${hmac('sha256', unsigned.slice(0, -1))}`, key, 'it is not signed with HS256')
  })

  test('is refused when it is signed with another algorithm', async () => {
    const signed = `${part({ alg: 'HS512', typ: 'runtape-token+jwt', kid: 'new' })}.${claims()}`
    await refused(`${signed}.${hmac('sha512', signed)}`, key, 'it is not signed with HS256')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const elliptic = await sign(new SignJWT({ token }).setExpirationTime('1h'), 'ES256', privateKey)
    await refused(elliptic, key, 'it is not signed with HS256')
  })

  test('made for another purpose is refused, although the key signed it', async () => {
    const session = await new SignJWT({ token })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'new' })
      .setExpirationTime('1h')
      .sign(Buffer.from(key.secret))
    await refused(session, key, 'it is not a sealed token')
  })

  test('is refused if it is empty, too long, or not a JWS', async () => {
    await refused('', key, 'it is empty')
    await refused('a'.repeat(20_000), key, 'it is longer than 16384 characters')
    await refused('hello', key, 'it is not a sealed token')
    await refused(token, key, 'it is not a sealed token')
  })

  test('is not made from an invalid resumption token', async () => {
    await expect(sealToken('hello', key, hour)).rejects.toThrow(InvalidTokenError)
  })
})

describe('a sealing key', () => {
  test('shorter than 32 bytes is refused with its length', async () => {
    const short = { kid: 'short', secret: 'too short' }
    await expect(sealToken(token, short, hour)).rejects.toThrow(
      "sealing key 'short' has 9 bytes; HS256 needs 32",
    )
    await expect(openToken('a.b.c', short)).rejects.toThrow(RuntapeError)
  })

  test('refuses an expiry that is not a time', async () => {
    await expect(sealToken(token, key, { expiresIn: 'soon' })).rejects.toThrow(
      'expiresIn is not a time: "soon"',
    )
  })
})

async function refused(sealed: string, keys: SealingKey, reason: string): Promise<void> {
  await expect(openToken(sealed, keys)).rejects.toThrow(`Invalid resumption token: ${reason}`)
}

function sign(jwt: SignJWT, alg: string, secret: Parameters<SignJWT['sign']>[0]): Promise<string> {
  return jwt.setProtectedHeader({ alg, typ: 'runtape-token+jwt', kid: 'new' }).sign(secret)
}

const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
const claims = () => part({ token, exp: Math.floor(Date.now() / 1000) + 3600 })
const hmac = (hash: string, signed: string) => createHmac(hash, key.secret).update(signed).digest('base64url')
