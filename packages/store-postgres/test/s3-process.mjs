// A server that speaks the API of S3, for tests. Prints its address. Arguments: a folder, a port (0: any).
import S3rver from 's3rver'

const [directory, port = '0'] = process.argv.slice(2)
const server = new S3rver({
  directory,
  port: Number(port),
  address: '127.0.0.1',
  silent: true,
  configureBuckets: [{ name: 'tapes' }],
})
const { port: chosen } = await server.run()
process.stdout.write(`http://127.0.0.1:${chosen}\n`)
