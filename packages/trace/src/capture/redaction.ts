const secretNames = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'clientsecret',
  'apikey',
  'xapikey',
  'authorization',
  'proxyauthorization',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'sessiontoken',
  'privatekey',
  'secretaccesskey',
  'cookie',
  'setcookie',
  'creditcard',
  'cardnumber',
  'cvv',
  'ssn',
]

/** What stands in the place of a redacted value. */
export const redactedText = '[redacted]'

const plain = (name: string) => name.toLowerCase().replace(/[-_\s]/g, '')

/** Says which property names hold secrets; upper and lower case, `-` and `_` make no difference. */
export function secretKeys(more: readonly string[] = []): (key: string) => boolean {
  const secret = new Set([...secretNames, ...more.map(plain)])
  const known = new Map<string, boolean>()
  return key => {
    let is = known.get(key)
    if (is === undefined) {
      is = secret.has(plain(key))
      // Names made from data (ids as keys) would grow it without end.
      if (known.size < 10_000) known.set(key, is)
    }
    return is
  }
}
