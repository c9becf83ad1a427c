import { isAbsolute } from 'node:path'
import type { BlobStore } from '@runtape/store-postgres'
import { Misuse } from '../arguments/usage-error.ts'
import { givenPath } from '../process/start.ts'
import { postgresPackage } from './postgres-target.ts'

/**
 * Where the large inputs and outputs of a store in Postgres are, from `RUNTAPE_BLOBS`: a folder, or
 * `s3://bucket/prefix?region=…&endpoint=…`. Credentials are those of the `AWS_…` variables.
 */
export async function blobTarget(): Promise<{ readonly blobs?: BlobStore }> {
  const { RUNTAPE_BLOBS: target } = process.env
  if (!target) return {}
  if (!target.includes('://')) {
    const { folderBlobs } = await postgresPackage()
    return { blobs: folderBlobs(isAbsolute(target) ? target : givenPath(target)) }
  }
  const { s3Blobs } = await import('@runtape/store-postgres/s3')
  return { blobs: s3Blobs(s3Options(target)) }
}

function s3Options(target: string): Parameters<typeof import('@runtape/store-postgres/s3').s3Blobs>[0] {
  const url = URL.canParse(target) ? new URL(target) : undefined
  if (url?.protocol !== 's3:' || url.hostname === '')
    throw new Misuse(
      'RUNTAPE_BLOBS must be a folder, or an address such as s3://bucket/prefix?region=eu-central-1.',
    )
  const [region, endpoint] = ['region', 'endpoint'].map(name => url.searchParams.get(name) ?? undefined)
  const prefix = decodeURIComponent(url.pathname.slice(1))
  return { bucket: url.hostname, ...{ prefix }, ...(region && { region }), ...(endpoint && { endpoint }) }
}
