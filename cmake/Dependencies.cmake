# Every library comes from Debian 12 (deploy/packages.txt).
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(simdjson CONFIG REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(PkgConfig REQUIRED)
# hiredis 0.14 ships a CMake file that does not work; its pkg-config file does.
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)

# libharu has neither CMake nor pkg-config file: the printable mandate.
find_path(HPDF_INCLUDE_DIR hpdf.h REQUIRED)
find_library(HPDF_LIBRARY hpdf REQUIRED)
add_library(hpdf::hpdf INTERFACE IMPORTED)
target_include_directories(hpdf::hpdf SYSTEM INTERFACE "${HPDF_INCLUDE_DIR}")
target_link_libraries(hpdf::hpdf INTERFACE "${HPDF_LIBRARY}")

# google/api/*.proto is in no C++ package; Debian's Go package carries the same files.
set(APLUS_GOOGLEAPIS "/usr/share/gocode/src/github.com/gogo/googleapis" CACHE PATH
    "Folder that holds google/api/annotations.proto")
if(NOT EXISTS "${APLUS_GOOGLEAPIS}/google/api/annotations.proto")
  message(FATAL_ERROR "google/api/annotations.proto not found: apt-get install golang-github-gogo-googleapis-dev")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
