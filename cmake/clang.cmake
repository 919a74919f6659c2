# A toolchain: clang 19 where it is installed, else the clang that is.
find_program(NAVA_CLANG NAMES clang++-19 clang++ REQUIRED)
set(CMAKE_CXX_COMPILER "${NAVA_CLANG}")
