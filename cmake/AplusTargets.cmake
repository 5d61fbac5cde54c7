# aplus_library(name SOURCES … DEPS …): one folder, one static library, include paths from the root.
# Unity builds (batches of 8) halve the compile time; the nounity preset proves that each file includes
# what it uses.
option(APLUS_UNITY "Compile libraries in unity batches" ON)

function(aplus_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE aplus_options)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${APLUS_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

function(aplus_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} aplus_options)
endfunction()

# aplus_test(name SOURCES … DEPS …): a GoogleTest binary under bin/tests, registered with ctest.
# TIER is unit (default), contract or fuzz; `./aplus test TIER` runs the ones of its label.
function(aplus_test name)
  cmake_parse_arguments(ARG "" "TIER" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIER)
    set(ARG_TIER unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest GTest::gtest_main aplus_options)
  set_target_properties(${name} PROPERTIES
    UNITY_BUILD ${APLUS_UNITY} UNITY_BUILD_BATCH_SIZE 8
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin/tests")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_TIER} TIMEOUT 300)
endfunction()
