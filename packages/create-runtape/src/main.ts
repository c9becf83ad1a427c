#!/usr/bin/env node
import { messageOf } from '@runtape/core/internal'
import { create } from './create.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 13)) {
  try {
    await create(process.argv.slice(2))
  } catch (error) {
    console.error(messageOf(error))
    process.exitCode = 2
  }
} else {
  console.error(
    `Node 22.13 or newer is required, and this is Node ${process.versions.node}. Install a newer Node.`,
  )
  process.exitCode = 2
}
