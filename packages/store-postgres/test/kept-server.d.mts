import type { EmbeddedServer } from './embedded.mjs'

export function startKept(folder: string): Promise<EmbeddedServer>
export function dataFolder(wanted: string): string
export function isRunning(pid: number): boolean
