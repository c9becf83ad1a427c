import type { Command } from '../command.ts'
export const command: Command = { name: 'doctor', about: '', flags: {}, examples: [], run: async () => 0 }
