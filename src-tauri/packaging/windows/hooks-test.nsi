; Compiles the hooks alone, as the checks do where the whole installer of the bundler cannot be made.
Unicode true
Name "Timbre hooks"
!ifndef OUTPUT
  !define OUTPUT "hooks-test.exe"
!endif
OutFile "${OUTPUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Timbre"
!include "hooks.nsh"

Section
  SetShellVarContext current
  !insertmacro NSIS_HOOK_POSTINSTALL
  WriteUninstaller "$INSTDIR\uninstall.exe"
SectionEnd

Section "Uninstall"
  SetShellVarContext current
  !insertmacro NSIS_HOOK_POSTUNINSTALL
SectionEnd
