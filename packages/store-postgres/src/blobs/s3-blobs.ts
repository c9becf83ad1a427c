import { RuntapeError } from '@runtape/core'
import { AwsClient } from 'aws4fetch'
import pRetry, { AbortError } from 'p-retry'
import type { BlobStore } from './blob-store.ts'

/** Credentials of S3. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string
}

export interface S3BlobsOptions {
  readonly bucket: string
  /** Default: `AWS_REGION`, or `us-east-1`. */
  readonly region?: string
  /** The address of a server that speaks the API of S3, such as `http://localhost:9000`. Default: Amazon's for the region. */
  readonly endpoint?: string
  /** In front of every key, such as `runtape/`. Default: empty. */
  readonly prefix?: string
  /**
   * Called for each request if it is a function, so that temporary credentials can change. Default: `AWS_ACCESS_KEY_ID`,
   * `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
   */
  readonly credentials?: S3Credentials | (() => S3Credentials | Promise<S3Credentials>)
}

const [attemptTimeoutMs, retries] = [20_000, 3]

/**
 * Keeps large inputs and outputs in a bucket of S3, or of a server that speaks its API. A request that fails because of the
 * network or the server is tried four times.
 *
 * @throws {RuntapeError} `invalid-option`
 *
 * @example
 * ```ts
 * import { postgresStore } from '@runtape/store-postgres'
 * import { s3Blobs } from '@runtape/store-postgres/s3'
 *
 * const store = postgresStore({
 *   connectionString: 'postgres://app@localhost/app',
 *   blobs: s3Blobs({ bucket: 'acme-runtape', region: 'eu-central-1' }),
 * })
 * ```
 */
export function s3Blobs(options: S3BlobsOptions): BlobStore {
  const { bucket, region = process.env.AWS_REGION ?? 'us-east-1', prefix = '' } = options
  if (typeof bucket !== 'string' || bucket === '')
    throw new RuntapeError('invalid-option', 's3Blobs takes the name of a bucket: s3Blobs({ bucket: "…" }).')
  const base = baseOf(options, region)
  const ask = async (method: string, key: string, body?: Uint8Array) => {
    const client = new AwsClient({ ...(await credentialsOf(options)), service: 's3', region, retries: 0 })
    const url = `${base}/${`${prefix}${key}`.split('/').map(encodeURIComponent).join('/')}`
    return pRetry(() => askOnce(client, url, { method, ...(body && { body: new Uint8Array(body) }) }), {
      retries,
      minTimeout: 100,
      randomize: true,
    })
  }
  return {
    put: async (key, body) => void (await ask('PUT', key, body)),
    get: async key => (await ask('GET', key))?.body,
    delete: async key => void (await ask('DELETE', key)),
  }
}

/** `undefined` if there is no such object. */
async function askOnce(
  client: AwsClient,
  url: string,
  init: RequestInit,
): Promise<{ readonly body: Uint8Array } | undefined> {
  const response = await client.fetch(url, { ...init, signal: AbortSignal.timeout(attemptTimeoutMs) })
  const body = new Uint8Array(await response.arrayBuffer())
  if (response.ok) return { body }
  const text = new TextDecoder().decode(body)
  const code = /<Code>([^<]{1,80})<\/Code>/.exec(text)?.[1] ?? ''
  if (response.status === 404 && code !== 'NoSuchBucket' && init.method !== 'PUT') return undefined
  const error = new Error(`the server answered ${response.status} ${code}`.trim())
  throw response.status >= 500 || response.status === 429 ? error : new AbortError(error)
}

function baseOf({ endpoint, bucket }: S3BlobsOptions, region: string): string {
  if (endpoint === undefined) return `https://${bucket}.s3.${region}.amazonaws.com`
  if (typeof endpoint !== 'string' || !/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new RuntapeError(
      'invalid-option',
      'endpoint of s3Blobs must be a URL such as "http://localhost:9000".',
    )
  return `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}`
}

async function credentialsOf({ credentials }: S3BlobsOptions): Promise<S3Credentials> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN,
  } = process.env
  const given = typeof credentials === 'function' ? await credentials() : credentials
  if (given) return given
  if (!accessKeyId || !secretAccessKey)
    throw new RuntapeError(
      'invalid-option',
      's3Blobs has no credentials. Pass credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    )
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) }
}
