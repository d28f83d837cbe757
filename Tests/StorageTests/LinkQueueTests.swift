import Storage
import Testing
import Zab

@Suite struct LinkQueueTests {}
