import { crc32 } from 'node:zlib'

/**
 * A message of an event stream in AWS's format: total length, header length and their checksum, the headers, the payload, and a
 * checksum of everything.
 */
export function eventFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).flatMap(stringHeader))
  const prelude = Buffer.concat([uint32(head.length + payload.length + 16), uint32(head.length)])
  const all = Buffer.concat([prelude, uint32(crc32(prelude)), head, payload])
  return Buffer.concat([all, uint32(crc32(all))])
}

const stringType = 7

function stringHeader([name, value]: readonly [string, string]): Buffer[] {
  const bytes = Buffer.from(value)
  return [Buffer.of(name.length), Buffer.from(name), Buffer.of(stringType), uint16(bytes.length), bytes]
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}
