/* image.S - the boot image inside the program; without -DIMAGE an empty one, for the stage that makes it. */
    .section .rodata
    .global sx_boot_image, sx_boot_image_size
    .balign 4096
sx_boot_image:
#ifdef IMAGE
    .incbin IMAGE
#endif
sx_boot_image_end:
    .balign 8
sx_boot_image_size:
    .quad sx_boot_image_end - sx_boot_image
    .section .note.GNU-stack, "", @progbits
