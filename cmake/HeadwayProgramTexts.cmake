# The manual page and the shells' completions: what the program itself tells of its flags.
find_program(HEADWAY_GZIP gzip REQUIRED)
set(texts ${PROJECT_BINARY_DIR}/texts)
file(MAKE_DIRECTORY ${texts})
add_custom_command(OUTPUT ${texts}/headway.1.gz DEPENDS headway_program VERBATIM
                   COMMAND headway_program man > ${texts}/headway.1
                   COMMAND ${HEADWAY_GZIP} -9nf ${texts}/headway.1)
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT ${texts}/headway.${shell} DEPENDS headway_program VERBATIM
                     COMMAND headway_program completions ${shell} > ${texts}/headway.${shell})
endforeach()
set(all "")
if(CMAKE_BUILD_TYPE STREQUAL "Release") # other kinds are for tests, and install without
  set(all ALL)
endif()
add_custom_target(headway_program_texts ${all} DEPENDS ${texts}/headway.1.gz ${texts}/headway.bash ${texts}/headway.zsh
                                                       ${texts}/headway.fish)

set(zsh_dir ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(zsh_dir ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions) # where Debian's zsh looks
endif()
install(FILES ${texts}/headway.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program OPTIONAL)
install(FILES ${texts}/headway.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME headway
        COMPONENT program OPTIONAL)
install(FILES ${texts}/headway.zsh DESTINATION ${zsh_dir} RENAME _headway COMPONENT program OPTIONAL)
install(FILES ${texts}/headway.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program OPTIONAL)
