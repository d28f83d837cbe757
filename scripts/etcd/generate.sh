#!/bin/bash
# scripts/etcd/generate.sh PLUGINS: makes Sources/harness/EtcdClient/Generated anew from the .proto files beside this one.
# PLUGINS is a folder with protoc-gen-swift and protoc-gen-grpc-swift-2; protoc itself is Debian's protobuf-compiler.
# Both plugins are products of grpc-swift-protobuf and of what it depends on:
#   git clone --branch 2.4.1 https://github.com/grpc/grpc-swift-protobuf && cd grpc-swift-protobuf
#   swift build --product protoc-gen-swift && swift build --product protoc-gen-grpc-swift-2
set -euo pipefail
plugins=${1:?"a folder with protoc-gen-swift and protoc-gen-grpc-swift-2"}
cd "$(dirname "$0")"
out=../../Sources/harness/EtcdClient/Generated
mkdir -p "$out"
rm -f "$out"/*.swift
protoc --plugin="$plugins/protoc-gen-swift" --swift_out="$out" kv.proto range.proto txn.proto
protoc --plugin="$plugins/protoc-gen-grpc-swift-2" \
    --grpc-swift-2_out="$out" --grpc-swift-2_opt=Server=false rpc.proto
# Without the trait there is neither SwiftProtobuf nor gRPC.
for file in "$out"/*.swift; do
    { echo "// swift-format-ignore-file"; echo "#if Etcd"; cat "$file"; echo "#endif"; } > "$file.new"
    mv "$file.new" "$file"
done
