# Run at installation: has `program` write into `folder` what is made of its tables; each file also
# compressed, as Debian has its manuals.
function(write file)
  execute_process(COMMAND ${program} ${ARGN} OUTPUT_FILE ${folder}/${file} RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${program} ${ARGN} failed: ${code}")
  endif()
endfunction()

file(MAKE_DIRECTORY ${folder})
foreach(page sluice.1 sluice.cfg.5)
  write(${page} manual ${page})
  execute_process(COMMAND gzip -9nkf ${folder}/${page})
endforeach()
foreach(shell bash zsh)
  write(sluice.${shell} completion ${shell})
endforeach()
