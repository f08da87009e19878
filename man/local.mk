# Manual pages: NAME.SECTION.in with the paths of this installation filled in.
man_subst = $(SED) -e 's|@sysconfdir[@]|$(sysconfdir)|g' -e 's|@docdir[@]|$(docdir)|g' \
	-e 's|@runstatedir[@]|$(runstatedir)|g' -e 's|@sbindir[@]|$(sbindir)|g'

nodist_man_MANS += man/quectel-CM.8
EXTRA_DIST += man/quectel-CM.8.in
CLEANFILES += man/quectel-CM.8
man/quectel-CM.8: man/quectel-CM.8.in Makefile
	$(AM_V_GEN)$(MKDIR_P) man && \
		$(man_subst) $(srcdir)/man/quectel-CM.8.in >$@.tmp && mv $@.tmp $@

nodist_man_MANS += man/pdnmux.conf.5
EXTRA_DIST += man/pdnmux.conf.5.in
CLEANFILES += man/pdnmux.conf.5
man/pdnmux.conf.5: man/pdnmux.conf.5.in Makefile
	$(AM_V_GEN)$(MKDIR_P) man && \
		$(man_subst) $(srcdir)/man/pdnmux.conf.5.in >$@.tmp && mv $@.tmp $@
