# What `cmake --install` brings: the program, and the library for C++ programs, which find it with
# find_package(OmniWriter) and link with OmniWriter::omniwriter; examples/cpp shows it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/OmniWriter)
install(TARGETS omniwriter_program RUNTIME COMPONENT program)
install(TARGETS omniwriter EXPORT OmniWriterTargets ARCHIVE COMPONENT library
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/omniwriter DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
install(EXPORT OmniWriterTargets NAMESPACE OmniWriter:: DESTINATION ${package_folder} COMPONENT library)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/OmniWriterConfig.cmake.in ${CMAKE_BINARY_DIR}/OmniWriterConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/OmniWriterConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/OmniWriterConfig.cmake ${CMAKE_BINARY_DIR}/OmniWriterConfigVersion.cmake
        DESTINATION ${package_folder} COMPONENT library)
