import { aiSdkContract } from './contract.ts'

aiSdkContract(7)
