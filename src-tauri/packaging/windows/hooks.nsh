; Offers Timbre in Settings, Default apps: a class for our links, our capabilities, and our name in the list of programs.
; Choosing it stays with the person: no program may set UserChoice.

!macro TIMBRE_TELL_EXPLORER
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
!macroend

!macro TIMBRE_SCHEME scheme
  WriteRegStr SHCTX "Software\Timbre\Capabilities\URLAssociations" "${scheme}" "Timbre.Url"
!macroend

!macro NSIS_HOOK_POSTINSTALL
  WriteRegStr SHCTX "Software\Classes\Timbre.Url" "" "Timbre phone link"
  WriteRegStr SHCTX "Software\Classes\Timbre.Url" "URL Protocol" ""
  WriteRegStr SHCTX "Software\Classes\Timbre.Url\DefaultIcon" "" '"$INSTDIR\timbre.exe",0'
  WriteRegStr SHCTX "Software\Classes\Timbre.Url\shell\open\command" "" '"$INSTDIR\timbre.exe" "%1"'
  WriteRegStr SHCTX "Software\Timbre\Capabilities" "ApplicationName" "Timbre"
  WriteRegStr SHCTX "Software\Timbre\Capabilities" "ApplicationDescription" "Softphone"
  !insertmacro TIMBRE_SCHEME "tel"
  !insertmacro TIMBRE_SCHEME "callto"
  !insertmacro TIMBRE_SCHEME "sip"
  !insertmacro TIMBRE_SCHEME "sips"
  WriteRegStr SHCTX "Software\RegisteredApplications" "Timbre" "Software\Timbre\Capabilities"
  !insertmacro TIMBRE_TELL_EXPLORER
!macroend

!macro NSIS_HOOK_POSTUNINSTALL
  DeleteRegValue SHCTX "Software\RegisteredApplications" "Timbre"
  DeleteRegKey SHCTX "Software\Timbre\Capabilities"
  DeleteRegKey /ifempty SHCTX "Software\Timbre"
  DeleteRegKey SHCTX "Software\Classes\Timbre.Url"
  !insertmacro TIMBRE_TELL_EXPLORER
!macroend
