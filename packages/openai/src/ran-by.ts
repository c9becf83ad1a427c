import { hasOpenAIHeaders } from './hosts.ts'

/** Local gateways to hosted models; each marks its answers. */
const gatewayHeaders = ['x-litellm-call-id', 'x-litellm-model-id', 'x-portkey-trace-id', 'helicone-id']

const loopback = /^(localhost|.+\.localhost|.+\.local|host\.docker\.internal|127\..+|\[::1\]|0\.0\.0\.0)$/
const privateNetwork = /^(10\..+|192\.168\..+|172\.(1[6-9]|2\d|3[01])\..+|169\.254\..+|\[f[cd].+)$/

/** `local` for a private server: its model may have the name of a hosted one, but not its price. */
export function ranBy(url: string, headers: Headers): string | undefined {
  const { hostname = '' } = URL.parse(url) ?? {}
  if (!loopback.test(hostname) && !privateNetwork.test(hostname)) return undefined
  const isGateway = hasOpenAIHeaders(headers) || gatewayHeaders.some(name => headers.has(name))
  return isGateway ? undefined : 'local'
}
