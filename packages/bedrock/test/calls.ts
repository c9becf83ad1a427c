import * as sdk from '@aws-sdk/client-bedrock-runtime'
import { bedrockCalls } from '@runtape/testing/bedrock'

export const { converse, converseStream, invoke, invokeStream } = bedrockCalls(sdk)
