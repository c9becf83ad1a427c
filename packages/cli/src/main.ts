#!/usr/bin/env node
import { endProcess } from './end-process.ts'
import { runCommand } from './run-command.ts'

endProcess(await runCommand(process.argv.slice(2)))
