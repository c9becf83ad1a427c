/**
 * A UUID of version 5 in a namespace of this server's: the same for the same project and trace, in every process.
 *
 * @param parts no two lists of parts are one name
 */
export async function runIdOf(...parts: readonly string[]): Promise<string> {
  const name = new TextEncoder().encode(JSON.stringify(['runtape', ...parts]))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', name)).slice(0, 16)
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const hex = [...digest].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
