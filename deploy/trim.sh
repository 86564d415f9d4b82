#!/bin/sh
# Removes files of the installed packages that site and service never open: tests, headers, a notebook extension, and
# libraries for remote tables, graphics processors and compilers. A name that a new version no longer has is an error.
#   sh deploy/trim.sh SITE_PACKAGES
set -eu
cd "$1"
find . -depth -type d -name tests -exec rm -r {} +
rm -r pyarrow/include pyarrow/libarrow_flight.so.* pyarrow/libarrow_python_flight.* pyarrow/_flight.*.so
rm -r pydeck/nbextension
rm -r ai_edge_litert/libLiteRtWebGpuAccelerator.so ai_edge_litert/tools ai_edge_litert/vendors
