export { type S3BlobsOptions, type S3Credentials, s3Blobs } from './blobs/s3-blobs.ts'
