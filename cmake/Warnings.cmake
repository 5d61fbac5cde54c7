# One interface target carries what every file of ours is compiled with; generated code does not link it.
add_library(aplus_options INTERFACE)
target_compile_options(aplus_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Werror)
target_compile_definitions(aplus_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE SPDLOG_FMT_EXTERNAL)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection)
add_link_options(-fuse-ld=lld -pie -Wl,-z,relro,-z,now)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()

set(APLUS_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
if(APLUS_SANITIZE)
  add_compile_options(-fsanitize=${APLUS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${APLUS_SANITIZE})
endif()
option(APLUS_FUZZ "Build the libFuzzer targets" OFF)
