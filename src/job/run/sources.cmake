list(APPEND HEADWAY_JOB_SOURCES
  run/asked_row.cpp
  run/judging.cpp
  run/kept_signals.cpp
  run/prepare.cpp
  run/quantity.cpp
  run/row_end.cpp
  run/row_feed.cpp
  run/row_runner.cpp
  run/run_file.cpp
  run/run_job.cpp
  run/run_paths.cpp
  run/run_settings.cpp
  run/run_setup.cpp
  run/run_view.cpp
  run/saved_run.cpp
  run/side_threads.cpp
  run/stop_rule.cpp)
