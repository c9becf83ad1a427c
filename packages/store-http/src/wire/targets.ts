/** Servers and proxies refuse longer request targets. */
export const longestTarget = 6000

/** Takes a request with a longer target: its body is `{ method, target, body? }`. */
export const longTarget = '/request'
